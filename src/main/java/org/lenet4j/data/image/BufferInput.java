package org.lenet4j.data.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file's bytes for Java's readers; what ImageIO makes of a stream would be copied to a file of its own. Some readers look a little ahead,
 * and some never stop: behind the end they take zeros, until the picture is full. So the end is told a few times and then is an error.
 */
final class BufferInput extends ImageInputStreamImpl {
  private static final int PATIENCE = 100;

  private final ByteBuffer file;
  private int ends;

  BufferInput(ByteBuffer file) {
    this.file = file;
  }

  @Override public long length() {
    return file.limit();
  }

  @Override public int read() throws IOException {
    bitOffset = 0;
    return streamPos >= file.limit() ? end() : file.get((int) streamPos++) & 0xFF;
  }

  @Override public int read(byte[] to, int offset, int length) throws IOException {
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    if (streamPos >= file.limit()) {
      return end();
    }
    int count = (int) Math.min(length, file.limit() - streamPos);
    file.get((int) streamPos, to, offset, count);
    streamPos += count;
    return count;
  }

  private int end() throws IOException {
    if (++ends > PATIENCE) {
      throw new IOException("cut off");
    }
    return -1;
  }
}
