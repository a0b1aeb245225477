package org.lenet4j.data.photo;

/**
 * A grey picture.
 *
 * @param values {@code (height, width)}, 0 (black) to 255 (white)
 */
public record Levels(float[] values, int height, int width) {}
