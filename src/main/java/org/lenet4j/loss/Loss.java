package org.lenet4j.loss;

/** What training minimises, averaged over the samples of a batch. */
public sealed interface Loss permits CrossEntropy, BinaryCrossEntropy, MeanSquaredError {}
