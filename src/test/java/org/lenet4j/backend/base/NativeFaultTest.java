package org.lenet4j.backend.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each cause has its own words and remedy. The messages are those that the JVM, JavaCPP and the linkers of glibc and musl gave. */
class NativeFaultTest {
  private static String explain(Throwable thrown) {
    return NativeFault.explain(thrown, openblas_nolapack.class, "openblas");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "/c/libx.so: /c/libx.so: failed to map segment from shared object|mounted noexec: -Dorg.bytedeco.javacpp.cachedir=FOLDER",
      "/c/libx.so: /c/libx.so: file too short|is damaged or of another platform: remove the folder",
      "/c/libx.so: /c/libx.so: invalid ELF header|is damaged or of another platform: remove the folder",
      "/c/libx.so: libgfortran.so.5: cannot open shared object file: No such file or directory|libgfortran.so.5 is not found,"
          + " which it needs",
      "/c/libx.so: Error loading shared library ld-linux-x86-64.so.2: cannot open shared object file: (needed by /c/x)|not Alpine",
      "/c/libx.so: /lib/libc.so.6: version `GLIBC_2.34' not found (required by /c/libx.so)|a newer glibc",
      "/c/libx.so: Error relocating /c/libx.so: __memcpy_chk: symbol not found|not Alpine",
      "Could not find jniopenblas_nolapack in class, module, and library paths.|no native library for ",
      "something else|something else"})
  void eachHasItsRemedy(String message, String remedy) {
    String said = explain(new RuntimeException("wrapped", new UnsatisfiedLinkError(message)));
    assertTrue(said.contains(remedy), said);
    assertTrue(said.contains(message.replaceFirst("^(\\S+: )\\1", "$1")), said);
    assertFalse(said.contains("\n"), "one line");
  }

  @Test void aSystemOfAnotherCLibrary() {
    String said = explain(new UnsatisfiedLinkError("/c/x.so: ld-linux-x86-64.so.2: cannot open shared object file: No such file"));
    assertTrue(said.contains("glibc"), said);
  }

  /** What the right versions do not say; two versions are tried by hand, for a test would have to bring another JavaCPP along. */
  @Test void versionsThatAgreeAreNotBlamed() {
    String said = explain(new NoSuchMethodError("'org.bytedeco.javacpp.Pointer org.bytedeco.javacpp.Loader.addressof(java.lang.String)'"));
    assertFalse(said.contains("which need another"), said);
  }

  @Test void otherVersionsAreNamed() {
    assertEquals("JavaCPP 1.5.9 is on the class path, and bindings 0.3.31-1.5.13, which need another: have org.bytedeco:javacpp in version"
        + " 1.5.13 alone, and its natives for " + Loader.getPlatform() + " too", NativeFault.versions("1.5.9", "0.3.31-1.5.13"));
  }
}
