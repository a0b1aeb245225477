package org.lenet4j.data;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads names as numbers: digits of any script with or without zeros before them, a word beside them that is the same in every name, and
 * the words for 0 to 9 in many languages. What some names mean is certain only if all of them follow one scheme and are different numbers.
 */
final class NumberWords {
  /** A language a line: its words for 0 to 9, other ways to write one behind a stroke. Letters are compared without their accents. */
  private static final String WORDS = """
      zero/zeros/zeroes/nought one/ones two/twos three/threes four/fours five/fives six/sixes seven/sevens eight/eights nine/nines
      null eins/ein zwei/zwo drei vier fünf/fuenf sechs sieben acht neun
      zéro un/une deux trois quatre cinq six sept huit neuf
      cero uno/un dos tres cuatro cinco seis siete ocho nueve
      zero uno due tre quattro cinque sei sette otto nove
      zero um/uma dois/duas três quatro cinco seis sete oito nove
      zero un dos tres quatre cinc sis set vuit nou
      zero unu doi trei patru cinci șase șapte opt nouă
      nul een twee drie vier vijf zes zeven acht negen
      nul en/et to tre fire fem seks syv otte ni
      null en/ett to tre fire fem seks sju/syv åtte ni
      noll ett/en två tre fyra fem sex sju åtta nio
      nolla yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän
      null üks kaks kolm neli viis kuus seitse kaheksa üheksa
      nulle viens divi trīs četri pieci seši septiņi astoņi deviņi
      nulis vienas du trys keturi penki šeši septyni aštuoni devyni
      zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć
      nula jedna/jeden dva/dvě tři čtyři pět šest sedm osm devět
      nula jeden/jedna dva/dve tri štyri päť šesť sedem osem deväť
      nič/nula ena/en dve/dva tri štiri pet šest sedem osem devet
      nula jedan dva tri četiri pet šest sedam osam devet
      нула један два три четири пет шест седам осам девет
      нула едно/един две/два три четири пет шест седем осем девет
      nulla egy kettő/két három négy öt hat hét nyolc kilenc
      ноль/нуль один два три четыре пять шесть семь восемь девять
      nol/nul odin dva tri chetyre pyat shest sem vosem devyat
      нуль один два три чотири п'ять шість сім вісім дев'ять
      μηδέν ένα/ένας δύο τρία τέσσερα πέντε έξι επτά/εφτά οκτώ/οχτώ εννέα/εννιά
      sıfır bir iki üç dört beş altı yedi sekiz dokuz
      nulla/zero unus/unum duo tres quattuor quinque sex septem octo novem
      nul unu du tri kvar kvin ses sep ok naŭ
      zero bat bi hiru lau bost sei zazpi zortzi bederatzi
      אפס אחת/אחד שתיים/שניים שלוש/שלושה ארבע/ארבעה חמש/חמישה שש/שישה שבע/שבעה שמונה תשע/תשעה
      صفر واحد اثنان/اثنين ثلاثة/ثلاث أربعة/اربعة/أربع خمسة/خمس ستة/ست سبعة/سبع ثمانية/ثمان تسعة/تسع
      صفر یک دو سه چهار پنج شش هفت هشت نه
      صفر ایک دو تین چار پانچ چھ سات آٹھ نو
      शून्य एक दो तीन चार पाँच/पांच छह/छः/छे सात आठ नौ
      shunya/shoonya ek do teen char/chaar paanch/panch chhah/chhe/chah saat/sat aath/ath nau
      শূন্য এক দুই তিন চার পাঁচ ছয় সাত আট নয়
      ศูนย์ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า
      không một hai ba bốn năm sáu bảy tám chín
      nol/kosong satu dua tiga empat lima enam tujuh delapan/lapan sembilan
      零/〇 一 二/两 三 四 五 六 七 八 九
      零 壹 贰/貳 叁/參 肆 伍 陆/陸 柒 捌 玖
      ling yi er san si wu liu qi ba jiu
      ゼロ/れい いち に さん よん/し ご ろく なな/しち はち きゅう/く
      zero/rei ichi ni san yon/shi go roku nana/shichi hachi kyu/kyuu/ku
      영/공 일 이 삼 사 오 육 칠 팔 구
      영 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉
      - i ii iii iv v vi vii viii ix
      """;

  /** Words that may stand beside each number and say no more than that it is one. */
  private static final Set<String> BESIDE = Set.of("digit", "digits", "number", "num", "no", "nr", "n", "d", "c", "s", "y", "cls", "class",
      "classe", "clase", "klasse", "klass", "label", "lbl", "cat", "category", "target", "mnist", "img", "image", "images", "handwritten",
      "ziffer", "zahl", "chiffre", "nombre", "numero", "cifra", "cijfer", "getal", "cyfra", "liczba", "цифра", "число", "rakam", "sayi",
      "数字", "数", "숫자");
  private static final Pattern TOKEN = Pattern.compile("\\p{Nd}+|[\\p{L}\\p{M}\\p{Nl}]+");

  private static final List<Pattern> CODES = List.of(Pattern.compile("(?:train_|hex[ _]?|0x|u\\+?00)?(3[0-9])"),
      Pattern.compile("(4[89]|5[0-7])"));

  private static List<Map<String, Integer>> languages; // made when the first names are read

  private NumberWords() {}

  /** A word without case, accents and different ways to encode the same letter. */
  static String fold(String name) {
    String lower = Normalizer.normalize(name, Normalizer.Form.NFKC).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    String bare = Normalizer.normalize(lower, Normalizer.Form.NFD).replaceAll("\\p{InCombiningDiacriticalMarks}", "")
        .replace('ł', 'l').replace('ø', 'o');
    return Normalizer.normalize(bare, Normalizer.Form.NFC);
  }

  /** The number that each name is, all by one scheme and no two the same; null if that is not certain. */
  static int[] read(List<String> names) {
    List<List<String>> tokens = names.stream()
        .map(name -> TOKEN.matcher(fold(name).replaceAll("['’ʼ]", "")).results().map(MatchResult::group).toList()).toList();
    boolean signed = names.stream().anyMatch(name -> name.matches("\\s*[-+−].*"));
    boolean letters = names.stream().allMatch(name -> name.matches("[a-zA-Z]")); // I and V are no numerals without others beside them
    int[] found = null;
    for (Map<String, Integer> words : names.isEmpty() || signed || letters ? List.<Map<String, Integer>>of() : languages()) {
      int[] numbers = read(tokens, words);
      if (numbers != null && found != null && !Arrays.equals(found, numbers)) {
        return null; // two languages, two meanings
      }
      found = numbers != null ? numbers : found;
    }
    return found;
  }

  private static int[] read(List<List<String>> names, Map<String, Integer> words) {
    int[] numbers = new int[names.size()];
    Set<Integer> all = new HashSet<>();
    List<String> beside = null;
    for (int i = 0; i < numbers.length; i++) {
      Set<Integer> values = new HashSet<>();
      List<String> others = new ArrayList<>();
      for (String token : names.get(i)) {
        Integer value = Character.isDigit(token.codePointAt(0)) ? number(token) : words.get(token);
        if (value != null) {
          values.add(value);
        } else {
          others.add(token);
        }
      }
      if (values.size() != 1 || values.contains(-1) || !all.addAll(values) || !BESIDE.containsAll(others)
          || beside != null && !beside.equals(others)) {
        return null;
      }
      beside = others;
      numbers[i] = values.iterator().next();
    }
    return numbers;
  }

  private static Integer number(String digits) {
    StringBuilder decimal = new StringBuilder();
    digits.codePoints().forEach(digit -> decimal.append(Character.digit(digit, 10)));
    return decimal.length() > 9 ? -1 : Integer.parseInt(decimal.toString());
  }

  /** The digits whose ASCII codes the names are, hexadecimal as in NIST's Special Database 19 (30 to 39) or decimal (48 to 57); or null. */
  static int[] readCodes(List<String> names) {
    for (Pattern code : CODES) {
      int[] digits = names.stream().map(name -> code.matcher(fold(name))).filter(Matcher::matches)
          .mapToInt(matcher -> Integer.parseInt(matcher.group(1), code == CODES.get(0) ? 16 : 10) - '0').toArray();
      if (digits.length == names.size()) {
        return digits;
      }
    }
    return null;
  }

  private static synchronized List<Map<String, Integer>> languages() {
    if (languages == null) {
      Map<String, Integer> digitsAlone = Map.of();
      languages = Stream.concat(Stream.of(digitsAlone), WORDS.lines().map(NumberWords::language)).toList();
    }
    return languages;
  }

  private static Map<String, Integer> language(String line) {
    Map<String, Integer> words = new HashMap<>();
    String[] numbers = line.split(" ");
    IntStream.range(0, numbers.length)
        .forEach(i -> Stream.of(numbers[i].split("/")).forEach(word -> words.put(fold(word).replace("'", ""), i)));
    return words;
  }
}
