package org.lenet4j.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.data.Normalization;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.Input;
import org.lenet4j.file.Json;
import org.lenet4j.file.Protobuf;
import org.lenet4j.file.Safetensors;
import org.lenet4j.nn.Assumptions;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.nn.Parameter;
import org.lenet4j.nn.WeightsFile;

/**
 * Models as ONNX files, for other runtimes. The input {@code image} is {@code (batch, channels, height, width)} and the output
 * {@code logits} {@code (batch, outputs)}, both float32, for any batch. The graph begins with normalized values, because what makes them
 * of pixels is part of the program around it; the metadata says how: {@code mean}, {@code std}, {@code lenet4j.preprocessing} as a
 * sentence, {@code lenet4j.classes}, the names of the outputs as a JSON list, and all else that the weights file says in its own.
 */
public final class OnnxFile {
  /**
   * Version of ONNX's operators. Those that our layers need have stayed the same from 13 on (December 2020), so runtimes older than a
   * later version read the file as well, and newer ones lose nothing.
   */
  public static final int OPSET = 13;
  /** Name of the input. */
  public static final String INPUT = "image";
  /** Name of the output. */
  public static final String OUTPUT = "logits";

  private OnnxFile() {}

  /**
   * Writes a model, opset 13, atomically; dropout is left out. The same model always gives the same bytes. It needs the optional dependency
   * protobuf-java.
   *
   * @throws IOException           if the file cannot be written or a parameter is NaN or infinite; the old file then stays whole
   * @throws IllegalStateException if protobuf-java is not there; the message says which version is needed
   */
  public static void save(Model model, Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = encode(model);
    } catch (IOException e) {
      throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
    } catch (LinkageError e) {
      throw Protobuf.missing("ONNX", e);
    }
    AtomicFile.write(file, out -> out.write(bytes));
  }

  /**
   * Reads a model: one that {@link #save} wrote, which comes back bit for bit with all that its notes say, or a chain of such layers of
   * another program, with its pixels as 0 to 1. It needs the optional dependency protobuf-java.
   *
   * @throws IOException           if the file cannot be read, or is no chain of our layers; the message names the file and the operator
   * @throws IllegalStateException if protobuf-java is not there; the message says which version is needed
   */
  public static Model load(Path file) throws IOException {
    return read(file, Assumptions.NONE).model();
  }

  /**
   * As {@link #load}, with what was assumed.
   *
   * @param said the normalization, if it is known and the file does not say it; nothing else, for a graph says all else
   * @throws IllegalArgumentException if something is said that the file says itself
   */
  public static WeightsFile read(Path file, Assumptions said) throws IOException {
    try {
      if (Files.size(file) > Runtime.getRuntime().maxMemory() / 4) {
        throw new IOException("its " + Files.size(file) + " bytes do not fit into this JVM's memory of " + Runtime.getRuntime().maxMemory()
            + " bytes; start Java with a larger -Xmx");
      }
      return OnnxImport.decode(Files.readAllBytes(file), said);
    } catch (IOException e) {
      throw new IOException(file + ": " + Input.reason(e), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (LinkageError e) {
      throw Protobuf.missing("ONNX", e);
    }
  }

  private static byte[] encode(Model model) throws IOException {
    for (Parameter parameter : model.parameters()) {
      Safetensors.checkFinite(parameter.name(), parameter.values());
    }
    Map<String, String> notes = new LinkedHashMap<>(ModelFile.metadata(model));
    notes.remove("format"); // PyTorch's, of safetensors files
    notes.put("lenet4j.classes", Json.text(model.classNames())); // the numbers too: a reader need not know what they are without a name
    notes.put("lenet4j.preprocessing", preprocessing(model));
    return new OnnxGraph(model).toBytes(notes);
  }

  /** How an image becomes the input. */
  public static String preprocessing(Model model) {
    Normalization normalization = model.normalization();
    return INPUT + " is float32 (batch, " + model.input().channels() + ", " + model.input().height() + ", " + model.input().width()
        + "); a pixel of brightness b, 0 to 255, is (b / 255 - " + normalization.mean() + ") / " + normalization.std();
  }
}
