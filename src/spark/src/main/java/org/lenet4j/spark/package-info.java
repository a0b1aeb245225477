/**
 * lenet4j on Apache Spark 4: tables of images are scored by {@link org.lenet4j.spark.LeNetModel}, a net is trained in a pipeline by
 * {@link org.lenet4j.spark.LeNetEstimator}, one for each customer by {@link org.lenet4j.spark.FineTunes}, and one for each of many settings
 * by {@link org.lenet4j.spark.Sweep}. All give the bits that one machine gives. {@code docs/spark.md} shows how.
 */
package org.lenet4j.spark;
