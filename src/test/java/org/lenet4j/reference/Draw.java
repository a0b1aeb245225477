package org.lenet4j.reference;

/**
 * What keys the random numbers of one training sample.
 *
 * @param seed   the run's seed
 * @param epoch  the epoch, from 0
 * @param sample the sample's index in its data set
 */
record Draw(long seed, int epoch, int sample) {}
