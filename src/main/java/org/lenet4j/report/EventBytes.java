package org.lenet4j.report;

import org.lenet4j.report.proto.Events.Event;
import org.lenet4j.report.proto.Events.Summary;
import org.lenet4j.report.proto.Events.SummaryMetadata;

/** TensorBoard's messages as bytes; the only class here that needs protobuf. */
final class EventBytes {
  private EventBytes() {}

  /** The first event of a file. */
  static byte[] version(double seconds) {
    return Event.newBuilder().setWallTime(seconds).setFileVersion("brain.Event:2").build().toByteArray();
  }

  /**
   * One number.
   *
   * @param about what is to be said of all numbers of that tag, or null
   */
  static byte[] scalar(double seconds, long step, String tag, double value, String about) {
    Summary.Value.Builder point = Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value);
    if (about != null) {
      point.setMetadata(SummaryMetadata.newBuilder().setSummaryDescription(about));
    }
    return Event.newBuilder().setWallTime(seconds).setStep(step).setSummary(Summary.newBuilder().addValue(point)).build().toByteArray();
  }
}
