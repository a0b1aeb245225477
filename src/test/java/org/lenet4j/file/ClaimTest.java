package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two runs that want the same file. */
@Timeout(120)
@SuppressWarnings("try") // closing is what is tested
class ClaimTest {
  @TempDir Path folder;

  private static String refused(Path... files) {
    return assertThrows(IOException.class, () -> Claim.of(files).close()).getMessage();
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test void aSecondClaimInThisProcessIsRefused() throws IOException {
    Path file = folder.resolve("a");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Path other = folder.resolve("b".repeat(250));
    try (Claim claim = Claim.of(file)) {
      assertEquals(file + ": another run, of this process, writes it; wait until that one has ended, or choose another name",
          refused(file));
      assertTrue(refused(other, link).contains("writes it"), "by another name");
      Claim.of(other).close(); // was given back
      assertTrue(refused(file).contains("writes it"), "a refusal does not end the claim");
      claim.close();
      Claim.of(file, other).close();
    }
    assertEquals(List.of("link"), left(), "nothing stays behind");
  }

  @Test void aDeviceIsNobodys() throws IOException {
    Path device = Path.of("/dev/null");
    if (Files.exists(device)) {
      try (Claim first = Claim.of(device, null); Claim second = Claim.of(null, device)) {
        assertEquals(List.of(), left());
      }
    }
  }

  /** A link to nothing can be neither opened nor made; so it is with some network folders for a while. */
  @Test void aLockThatIsThereAndIsNot() throws IOException {
    Path file = folder.resolve("a");
    Path lock = Files.createSymbolicLink(folder.resolve(".lenet4j-a.lock"), folder.resolve("nothing"));
    assertEquals("cannot write " + file + ": " + lock.toRealPath(LinkOption.NOFOLLOW_LINKS) + " does not stay there; check the disk or the"
        + " connection to it, and try again", refused(file));
    Files.delete(lock);
    Claim.of(file).close();
  }

  @Test void anotherProcessHasItUntilItIsKilled() throws Exception {
    Path file = folder.resolve("a");
    for (boolean kill : new boolean[] {true, false}) {
      Process other = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Holder.class.getName(), file.toString())
          .redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try {
        assertEquals('+', other.getInputStream().read());
        assertEquals(file + ": another run, of the process " + other.pid() + ", writes it; wait until that one has ended, or choose"
            + " another name", refused(file));
        assertEquals(List.of(".lenet4j-a.lock"), left());
        if (kill) {
          other.destroyForcibly().waitFor();
          assertEquals(List.of(".lenet4j-a.lock"), left(), "left behind");
        } else {
          other.destroy(); // SIGTERM, as Ctrl-C
          other.waitFor();
          assertEquals(List.of(), left());
        }
        Claim.of(file).close();
        assertEquals(List.of(), left());
      } finally {
        other.destroyForcibly();
      }
    }
  }

  /** Holds a claim until it is killed. */
  static final class Holder {
    public static void main(String[] args) throws Exception {
      Claim claim = Claim.of(Path.of(args[0]));
      System.out.print('+');
      System.out.flush();
      Thread.sleep(60_000);
      claim.close();
    }
  }
}
