package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/** What is given for weights and is none is named for what it is, with what to do. */
class FileKindTest {
  @TempDir Path folder;

  private String refusal(Path file) {
    String message = assertThrows(IOException.class, () -> Model.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": ") && message.length() < 1000 && message.chars().noneMatch(Character::isISOControl), message);
    return message.substring((file + ": ").length());
  }

  private String refusal(byte... bytes) throws IOException {
    return refusal(Files.write(folder.resolve("w.safetensors"), bytes));
  }

  private static byte[] latin1(String text) {
    return Pattern.compile("\\\\x(..)").matcher(text)
        .replaceAll(m -> Matcher.quoteReplacement("" + (char) Integer.parseInt(m.group(1), 16)))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "version https://git-lfs.github.com/spec/v1\\x0aoid sha256:00\\x0asize 247 | it is the pointer of Git LFS, not the file"
          + " itself: fetch it with"
          + " git lfs pull",
      "` \\x0a<!DOCTYPE html><html>404`       | it is a web page (HTML)",
      "<HTML><body>                         | it is a web page (HTML)",
      "`<?xml version=\"1.0\"?><Error>`     | it is XML, perhaps a server's answer",
      "`{\"error\":\"Repository not found\"}` | it is JSON, a description or a server's answer",
      "Entry not found                      | it is text, not weights; it begins with 'Entry not found'",
      "<<<<<<< HEAD\\x0aversion               | it is a text with the marks of a Git conflict",
      "\\x89HDF\\x0d\\x0a\\x1a\\x0a\\x00\\x00         | it is HDF5, as Keras's .h5 files are",
      "\\x93NUMPY\\x01\\x00v\\x00                 | it is an array of NumPy (.npy)",
      "GGUF\\x03\\x00\\x00\\x00                      | it is GGUF, of llama.cpp",
      "\\x1f\\x8b\\x08\\x00\\x00\\x00              | it is compressed by gzip: unpack it with gunzip",
      "\\x1c\\x00\\x00\\x00TFL3\\x00\\x00            | it is of TensorFlow Lite (.tflite)",
      "\\x08\\x01\\x12\\xff\\x01\\x00                | it is a SavedModel of TensorFlow",
      "\\x89PNG\\x0d\\x0a\\x1a\\x0a               | it is a picture (PNG), not weights",
      "\\x00\\x00\\x08\\x03\\x00\\x00                     | it holds images in the IDX format, which are data, not weights",
      "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00       | it holds nothing but zeros",
      "\\x08\\x07\\x12\\x07pytorch                  | it is a network in the ONNX format",
  })
  void files(String start, String what) throws IOException {
    String got = refusal(latin1(start));
    assertTrue(got.startsWith(what), got);
  }

  @Test void emptyFilesTarsAndFolders() throws IOException {
    assertEquals("it is empty: copy or download it again", refusal(new byte[0]));
    byte[] tar = new byte[1024];
    System.arraycopy(latin1("lenet.pth"), 0, tar, 0, 9);
    System.arraycopy(latin1("ustar"), 0, tar, 257, 5);
    assertEquals("it is a tar archive: unpack it with tar -xf, and give the weights that are in it", refusal(tar));
    System.arraycopy(latin1("sys_info\\x00"), 0, tar, 0, 9);
    assertTrue(refusal(tar).startsWith("it is of a PyTorch before 0.2, a tar archive"), refusal(tar));
    assertEquals("it is a folder, not a file", refusal(folder));
    Files.writeString(folder.resolve("model.safetensors"), "x");
    assertEquals("it is a folder, not a file; its weights are in " + folder.resolve("model.safetensors"), refusal(folder));
    Path missing = folder.resolve("missing");
    assertEquals("no such file", refusal(missing));
  }

  private static byte[] zip(String... names) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(new byte[100]);
      }
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "metadata.json config.json model.weights.h5 | it is of Keras (.keras)",
      "conv1.npy fc1.npy                          | it holds arrays of NumPy (.npz)",
      "m/data.pkl m/constants.pkl m/code/x.py     | it is TorchScript",
      "m/archive_format m/data.pkl                | it is a program of torch.export",
      "configuration.json coefficients.bin        | it is of Deeplearning4j",
      "weights/lenet.pth readme.txt               | it is a zip archive that holds 'weights/lenet.pth': unpack it, and give that",
      "word/document.xml                          | it is a zip archive, and not one of torch.save",
  })
  void archives(String names, String what) throws IOException {
    String got = refusal(zip(names.split(" ")));
    assertTrue(got.startsWith(what), got);
  }

  @Test void halfAFileIsCutOff() throws IOException {
    Path whole = folder.resolve("whole.safetensors");
    LeNet5.create(10, 1).save(whole);
    byte[] bytes = Files.readAllBytes(whole);
    for (int length : new int[] {100, 1000, 5000, bytes.length - 1}) {
      assertTrue(refusal(Arrays.copyOf(bytes, length)).endsWith("the file is cut off, perhaps half a download; get it again"));
    }
    for (String name : new String[] {"state_dict", "legacy"}) {
      byte[] torch = Files.readAllBytes(Path.of("src/test/resources/foreign", name + ".pt"));
      for (int length : new int[] {300, 3000, torch.length - 1}) {
        String got = refusal(Arrays.copyOf(torch, length));
        assertTrue(got.contains("cut off") || got.contains("ends too early"), got);
      }
    }
  }
}
