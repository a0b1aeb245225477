package org.lenet4j;

import java.io.Serializable;

/**
 * What one epoch of training came to.
 *
 * @param epoch         which one, the first is 1
 * @param trainLoss     mean of the recipe's loss over the training samples, as they were seen during the epoch
 * @param trainAccuracy share of them that was classified right, 0 to 1
 * @param testLoss      mean over the test samples after the epoch, without label smoothing; NaN without test data
 * @param testAccuracy  share of them that was classified right, 0 to 1, NaN without test data
 * @param seconds       wall-clock time of the training, without the evaluation
 */
public record EpochResult(int epoch, double trainLoss, double trainAccuracy, double testLoss, double testAccuracy, double seconds)
    implements Serializable {}
