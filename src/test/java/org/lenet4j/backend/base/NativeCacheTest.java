package org.lenet4j.backend.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.ChildJava;
import org.lenet4j.backend.NativeException;

/** Native libraries come from a folder that is the user's alone. */
class NativeCacheTest {
  @TempDir Path folder;
  private Path cache;
  private Path library;

  @BeforeEach void prepare() throws IOException {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("unix"));
    cache = Files.createDirectories(folder.resolve("home/cache"));
    library = Files.writeString(Files.createDirectory(cache.resolve("jar")).resolve("lib.so"), "code");
    permit("rwxr-xr-x", folder, folder.resolve("home"), cache, library.getParent(), library);
  }

  private static void permit(String permissions, Path... paths) throws IOException {
    for (Path path : paths) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
  }

  @Test void onlyTheUserMayWrite() throws IOException {
    assertNull(NativeCache.whyNotPrivate(cache));
    Files.createSymbolicLink(cache.resolve("link"), library); // JavaCPP makes some
    assertNull(NativeCache.whyNotPrivate(cache));
    for (Path path : List.of(library, library.getParent(), cache, folder.resolve("home"))) {
      permit("rwxrwxrwx", path);
      assertEquals(path.toRealPath() + " can be written to by others (rwxrwxrwx)", NativeCache.whyNotPrivate(cache));
      permit("rwxr-xr-x", path);
    }
    assertNull(NativeCache.whyNotPrivate(cache));
  }

  /** In the folder for temporary files everybody may make folders, but not replace those of others. */
  @Test void aStickyFolderAboveIsNoDoor() throws IOException {
    Path home = folder.resolve("home");
    Files.setAttribute(home, "unix:mode", 01777);
    assertNull(NativeCache.whyNotPrivate(cache));
    Files.setAttribute(cache, "unix:mode", 01777);
    assertTrue(NativeCache.whyNotPrivate(cache).startsWith(cache.toRealPath() + " can be written to"));
  }

  @Test void whatBelongsToAnother() throws IOException {
    assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(folder, "unix:uid")), "only root gives files away");
    for (Path path : List.of(library, cache, folder.resolve("home"))) {
      Object user = Files.getAttribute(path, "unix:uid");
      Files.setAttribute(path, "unix:uid", 4711);
      assertEquals(path.toRealPath() + " belongs to 4711", NativeCache.whyNotPrivate(cache));
      Files.setAttribute(path, "unix:uid", user);
    }
  }

  /** Loads OpenBLAS in a process of its own: another has the folder that it would be unpacked to, and then nobody has. */
  @Test void nothingIsLoadedFromThere() throws Exception {
    permit("rwxrwxrwx", cache);
    String refused = load("-Dorg.bytedeco.javacpp.cachedir=" + cache);
    assertTrue(refused.contains("others could have put their code into") && refused.contains(cache.toRealPath().toString())
        && refused.contains("-Dorg.bytedeco.javacpp.cachedir=FOLDER"), refused);
    Path home = Files.createDirectory(folder.resolve("user"));
    permit("rwxrwxrwx", Files.createDirectory(home.resolve(".javacpp"))); // others can write in the home: a private one elsewhere
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    assertEquals("loaded", load("-Duser.home=" + home, "-Djava.io.tmpdir=" + temporary));
    Path own = temporary.resolve(".javacpp-" + System.getProperty("user.name"));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(own)));
    assertTrue(Files.exists(own.resolve("cache")));
    permit("rwxrwxrwx", own); // as if another had made it
    assertNotEquals("loaded", load("-Duser.home=" + home, "-Djava.io.tmpdir=" + temporary));
  }

  private String load(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(ChildJava.program(), "--enable-native-access=ALL-UNNAMED",
        "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(options));
    command.add(Load.class.getName());
    Path out = folder.resolve("out");
    ChildJava.builder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start().waitFor();
    return Files.readString(out).strip();
  }

  /** What the other process does. */
  static final class Load {
    private Load() {}

    public static void main(String[] args) throws ClassNotFoundException {
      try {
        NativeCache.check("openblas");
        NativeLibraries.load("openblas", Class.forName("org.bytedeco.javacpp.presets.javacpp"));
        System.out.println("loaded");
      } catch (NativeException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
