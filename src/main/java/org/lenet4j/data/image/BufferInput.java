package org.lenet4j.data.image;

import java.nio.ByteBuffer;
import javax.imageio.stream.ImageInputStreamImpl;

/** A file's bytes for Java's readers; what ImageIO makes of a stream would be copied to a file of its own. */
final class BufferInput extends ImageInputStreamImpl {
  private final ByteBuffer file;

  BufferInput(ByteBuffer file) {
    this.file = file;
  }

  @Override public long length() {
    return file.limit();
  }

  @Override public int read() {
    bitOffset = 0;
    return streamPos >= file.limit() ? -1 : file.get((int) streamPos++) & 0xFF;
  }

  @Override public int read(byte[] to, int offset, int length) {
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    if (streamPos >= file.limit()) {
      return -1;
    }
    int count = (int) Math.min(length, file.limit() - streamPos);
    file.get((int) streamPos, to, offset, count);
    streamPos += count;
    return count;
  }
}
