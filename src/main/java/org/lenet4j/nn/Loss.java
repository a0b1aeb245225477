package org.lenet4j.nn;

/** What training minimises, averaged over the samples of a batch. */
public sealed interface Loss permits CrossEntropy, BinaryCrossEntropy, MeanSquaredError {}
