package org.lenet4j.backend.base;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;

/** Why a native library cannot be loaded, and what to do: JavaCPP throws what it met last, which is seldom the cause. */
public final class NativeFault {
  private static final Pattern SHARED = Pattern.compile("([^\\s:/]+\\.so[.0-9]*): cannot open shared object file");
  private static final String OTHER_CACHE = "-Dorg.bytedeco.javacpp.cachedir=FOLDER of java names another";

  private NativeFault() {}

  /**
   * In one line, without the library's name.
   *
   * @param thrown   what {@link NativeLibraries#load} threw
   * @param bindings JavaCPP's class of the library
   * @param artifact of Maven, below {@code org.bytedeco}, such as {@code openblas}
   */
  public static String explain(Throwable thrown, Class<?> bindings, String artifact) {
    String cause = innermost(thrown);
    Matcher shared = SHARED.matcher(cause);
    String missing = shared.find() ? shared.group(1) : "";
    if (cause.contains("failed to map segment")) {
      return "its file may not be executed in the folder to which JavaCPP unpacks it, which is perhaps mounted noexec: " + OTHER_CACHE
          + " (" + cause + ")";
    } else if (cause.contains("Could not find jni")) {
      return notFound(bindings, artifact, cause);
    } else if (cause.matches("(?s).*(invalid ELF header|file too short|wrong ELF class).*")) {
      return "its file is damaged or of another platform: remove the folder to which JavaCPP unpacks it, by default ~/.javacpp/cache ("
          + cause + ")";
    } else if (cause.contains("GLIBC") || cause.contains("symbol not found") || missing.startsWith("ld-linux")) {
      return "the C library of this system is not the one that it was built for, glibc, or an older one; use an image with a newer glibc, "
          + "not Alpine (" + cause + ")";
    } else if (!missing.isEmpty()) {
      return missing + " is not found, which it needs: install it, or add its folder to LD_LIBRARY_PATH (" + cause + ")";
    }
    String versions = versions(artifact);
    return versions != null ? versions + " (" + cause + ")" : cause;
  }

  private static String notFound(Class<?> bindings, String artifact, String cause) {
    String platform = Loader.getPlatform();
    String module = bindings.getPackageName().replaceFirst("\\.global$", "") + "." + platform.replace('-', '.');
    if (bindings.getModule().isNamed() && ModuleLayer.boot().findModule(module).isEmpty()) { // as in an image of jlink
      return "the module " + module + " has its files, and no module requires it: start java with --add-modules " + module
          + "; an image of jlink needs it too, jlink --add-modules " + module + " (" + cause + ")";
    }
    return "no native library for " + platform + " on the class path; natives exist for linux-x86_64, linux-arm64, macosx-arm64 and"
        + " windows-x86_64: add org.bytedeco:javacpp and org.bytedeco:" + artifact + " with that classifier (" + cause + ")";
  }

  /** What to say if JavaCPP and the bindings are of different versions, else null. */
  private static String versions(String artifact) {
    try {
      return versions(Loader.getVersion(), Loader.getVersion("org.bytedeco", artifact));
    } catch (IOException | LinkageError | RuntimeException e) {
      return null; // jars without Maven's notes
    }
  }

  /** The bindings' version ends in JavaCPP's. */
  static String versions(String javacpp, String bindings) {
    return bindings.endsWith("-" + javacpp) ? null : "JavaCPP " + javacpp + " is on the class path, and bindings " + bindings
        + ", which need another: have org.bytedeco:javacpp in version " + bindings.replaceFirst(".*-", "") + " alone, and its natives for "
        + Loader.getPlatform() + " too";
  }

  /** The first cause is the one that says something: the others follow from it. */
  public static String innermost(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage()).strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    return message.replaceFirst("^(\\S+: )\\1", "$1"); // Java and the linker both name the file
  }
}
