package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberWordsTest {
  private static int[] read(String names) {
    return NumberWords.read(Arrays.asList(names.split("\\|")));
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "zero|one|two|three|four|five|six|seven|eight|nine",
      "Zero|ONE|Two|tHree|four|five|six|seven|eight|nine",
      "zeros|ones|twos|threes|fours|fives|sixes|sevens|eights|nines",
      "null|eins|zwei|drei|vier|f\u00fcnf|sechs|sieben|acht|neun",
      "null|eins|zwo|drei|vier|fuenf|sechs|sieben|acht|neun",
      "z\u00e9ro|un|deux|trois|quatre|cinq|six|sept|huit|neuf",
      "zero|un|deux|trois|quatre|cinq|six|sept|huit|neuf", // without the accent
      "ze\u0301ro|un|deux|trois|quatre|cinq|six|sept|huit|neuf", // as macOS writes it
      "cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve",
      "zero|uno|due|tre|quattro|cinque|sei|sette|otto|nove",
      "zero|um|dois|tres|quatro|cinco|seis|sete|oito|nove",
      "nul|een|twee|drie|vier|vijf|zes|zeven|acht|negen",
      "zero|jeden|dwa|trzy|cztery|piec|szesc|siedem|osiem|dziewiec",
      "\u043d\u043e\u043b\u044c|\u043e\u0434\u0438\u043d|\u0434\u0432\u0430|\u0442\u0440\u0438|\u0447\u0435\u0442\u044b\u0440\u0435"
          + "|\u043f\u044f\u0442\u044c|\u0448\u0435\u0441\u0442\u044c|\u0441\u0435\u043c\u044c|\u0432\u043e\u0441\u0435\u043c\u044c"
          + "|\u0434\u0435\u0432\u044f\u0442\u044c",
      "SIFIR|B\u0130R|\u0130K\u0130|\u00dc\u00c7|D\u00d6RT|BE\u015e|ALTI|YED\u0130|SEK\u0130Z|DOKUZ",
      "\u96f6|\u4e00|\u4e8c|\u4e09|\u56db|\u4e94|\u516d|\u4e03|\u516b|\u4e5d",
      "\u3007|\u4e00|\u4e8c|\u4e09|\u56db|\u4e94|\u516d|\u4e03|\u516b|\u4e5d",
      "ling|yi|er|san|si|wu|liu|qi|ba|jiu",
      "rei|ichi|ni|san|yon|go|roku|nana|hachi|kyu",
      "khong|mot|hai|ba|bon|nam|sau|bay|tam|chin",
      "0|1|2|3|4|5|6|7|8|9", "00|01|02|03|04|05|06|07|08|09", "000|001|002|003|004|005|006|007|008|009",
      "\u0660|\u0661|\u0662|\u0663|\u0664|\u0665|\u0666|\u0667|\u0668|\u0669", // Arabic-Indic
      "\u06f0|\u06f1|\u06f2|\u06f3|\u06f4|\u06f5|\u06f6|\u06f7|\u06f8|\u06f9", // Persian
      "\u0966|\u0967|\u0968|\u0969|\u096a|\u096b|\u096c|\u096d|\u096e|\u096f", // Devanagari
      "\u09e6|\u09e7|\u09e8|\u09e9|\u09ea|\u09eb|\u09ec|\u09ed|\u09ee|\u09ef", // Bengali
      "\u0e50|\u0e51|\u0e52|\u0e53|\u0e54|\u0e55|\u0e56|\u0e57|\u0e58|\u0e59", // Thai
      "\uff10|\uff11|\uff12|\uff13|\uff14|\uff15|\uff16|\uff17|\uff18|\uff19", // full width
      "digit_0|digit_1|digit_2|digit_3|digit_4|digit_5|digit_6|digit_7|digit_8|digit_9",
      "class0|class1|class2|class3|class4|class5|class6|class7|class8|class9",
      "d0|d1|d2|d3|d4|d5|d6|d7|d8|d9", "Num-0|Num-1|num-2|num-3|num-4|num-5|num-6|num-7|num-8|num-9",
      "label=0|label=1|label=2|label=3|label=4|label=5|label=6|label=7|label=8|label=9",
      "0_zero|1_one|2_two|3_three|4_four|5_five|6_six|7_seven|8_eight|9_nine",
      "0 (null)|1 (eins)|2 (zwei)|3 (drei)|4 (vier)|5 (f\u00fcnf)|6 (sechs)|7 (sieben)|8 (acht)|9 (neun)",
      "digit zero|digit one|digit two|digit three|digit four|digit five|digit six|digit seven|digit eight|digit nine"})
  void tenDigits(String names) {
    assertArrayEquals(IntStream.range(0, 10).toArray(), read(names));
  }

  @Test void someOfThem() {
    assertArrayEquals(new int[] {3, 7}, read("three|seven"));
    assertArrayEquals(new int[] {1, 2, 3, 4, 5}, read("I|II|III|IV|V"));
    assertArrayEquals(new int[] {12, 100}, read("class 12|class 100"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a|b|c|d|e|f|g|h|i|j", "I|V", "i|v|x", "cat|dog", "zero|one|cat", "0|1|two|cat", "eins|two", "0|00", "-1|0|1",
      "+1|1", "3_four|4_three", "1.5|2.5", "class1|label2", "fold_1|fold_2", "hsf_0|hsf_1", "writer_3|writer_4", "part1|part2",
      "a1|b2", "1a|2b",
      "ba", "on", "99999999999|1", "train_1|train_2", "to|be"})
  void notCertain(String names) {
    assertNull(read(names), names); // "ba" is 3 in Vietnamese and 8 in Chinese
  }

  @Test void codes() {
    List<String> nist = IntStream.range(0, 10).mapToObj(i -> "3" + i).toList();
    assertArrayEquals(IntStream.range(0, 10).toArray(), NumberWords.readCodes(nist));
    assertArrayEquals(new int[] {3, 7}, NumberWords.readCodes(List.of("train_33", "train_37")));
    assertArrayEquals(new int[] {3, 7}, NumberWords.readCodes(List.of("0x33", "0x37")));
    assertArrayEquals(new int[] {0, 9}, NumberWords.readCodes(List.of("48", "57")));
    assertNull(NumberWords.readCodes(List.of("39", "40")));
    assertNull(NumberWords.readCodes(List.of("30", "4a")));
  }

  @Test void folding() {
    assertEquals(NumberWords.fold("Stra\u00dfe"), NumberWords.fold("STRASSE"));
    assertEquals(NumberWords.fold("\u0142\u00f3d\u017a"), NumberWords.fold("LODZ"));
    assertEquals("a", NumberWords.fold("\u00c0"));
    assertEquals(NumberWords.fold("\ud55c"), NumberWords.fold("\u1112\u1161\u11ab"));
  }
}
