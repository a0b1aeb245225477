package org.lenet4j.spark;

import java.util.List;

/** Reads weights as a task does. */
final class OldLibrary {
  private OldLibrary() {}

  public static void main(String[] args) throws Exception {
    try {
      new Task<String, Object>(rows -> List.<Object>of(Weights.of(new byte[8]).model()).iterator()).call(List.of("").iterator());
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
    }
  }
}
