package org.lenet4j.file;

import java.nio.ByteBuffer;

/** What an element of a tensor is in a file, by the names of safetensors. All of them are read as float32, the nearest where it is none. */
enum Dtype {
  F32(4), F64(8), F16(2), BF16(2), I64(8), I32(4), I16(2), I8(1), U8(1), BOOL(1);

  /** Bytes of one element. */
  final int size;

  Dtype(int size) {
    this.size = size;
  }

  /** Null if it is another word. */
  static Dtype of(String name) {
    for (Dtype dtype : values()) {
      if (dtype.name().equals(name)) {
        return dtype;
      }
    }
    return null;
  }

  /** Reads so many values from the buffer's position on, in its byte order. */
  void read(ByteBuffer data, float[] values, int at, int count) {
    if (this == F32) {
      data.asFloatBuffer().get(values, at, count); // one copy: loops are slow in a JVM that has just begun
      return;
    }
    for (int i = at; i < at + count; i++) {
      values[i] = switch (this) {
        case F32 -> throw new AssertionError();
        case F64 -> (float) data.getDouble();
        case F16 -> half(data.getShort());
        case BF16 -> Float.intBitsToFloat(data.getShort() << 16); // the upper half of a float32
        case I64 -> data.getLong();
        case I32 -> data.getInt();
        case I16 -> data.getShort();
        case I8 -> data.get();
        case U8 -> data.get() & 0xFF;
        case BOOL -> data.get() == 0 ? 0 : 1;
      };
    }
  }

  /** IEEE 754 binary16: a sign, 5 bits of exponent with a bias of 15, 10 bits of fraction. Every value of it is a float32. */
  static float half(short bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 0x3FF;
    float size = switch (exponent) {
      case 0 -> fraction * 0x1p-24f;
      case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
      default -> Float.intBitsToFloat(exponent + 112 << 23 | fraction << 13); // the bias of float32 is 127
    };
    return bits < 0 ? -size : size;
  }
}
