package org.lenet4j.report;

import org.lenet4j.report.proto.Events.Event;
import org.lenet4j.report.proto.Events.Summary;

/** TensorBoard's messages as bytes; the only class here that needs protobuf. */
final class EventBytes {
  private EventBytes() {}

  /** The first event of a file. */
  static byte[] version(double seconds) {
    return Event.newBuilder().setWallTime(seconds).setFileVersion("brain.Event:2").build().toByteArray();
  }

  /** One number. */
  static byte[] scalar(double seconds, long step, String tag, double value) {
    Summary.Value point = Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value).build();
    return Event.newBuilder().setWallTime(seconds).setStep(step).setSummary(Summary.newBuilder().addValue(point)).build().toByteArray();
  }
}
