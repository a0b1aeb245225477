package org.lenet4j.backend;

/** What a device may round to inside a product; parameters, activations and sums are float32 in all of them. */
public enum Precision {
  /** float32 with fused multiply-add: the default. */
  FP32,
  /** Factors of products rounded to TensorFloat-32: 10 bits of mantissa. */
  TF32,
  /** Factors of the linear layers' products rounded to bfloat16, 7 bits of mantissa; convolutions as in {@link #TF32}. */
  BF16
}
