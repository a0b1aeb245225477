package org.lenet4j.spark;

import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/** The parameters of {@link LeNetEstimator}, which is the one that has them. What is not set is as the recipe has it. */
public abstract class TrainingParams extends Estimator<LeNetModel> {
  private static final long serialVersionUID = 1;

  private final String uid; // before the parameters: their constructor asks for it
  final ScoringParams scoring;
  final RecipeParams training;
  final Param<String> labelCol;
  final Param<String> from;
  final IntParam head;
  final StringArrayParam classNames;
  final StringArrayParam freeze;
  final DoubleParam dropout;
  final DoubleParam layerDecay;
  final DoubleParam strength;

  TrainingParams(String uid) {
    this.uid = uid;
    scoring = new ScoringParams(this);
    training = new RecipeParams(this);
    labelCol = new Param<>(this, "labelCol", "whole numbers from 0");
    from = new Param<>(this, "from", "weights to fine-tune: a file, or pretrained; fresh ones if not given");
    head = new IntParam(this, "head", "number of classes: of fresh weights, or of a new head");
    classNames = new StringArrayParam(this, "classNames", "a name for each class");
    freeze = new StringArrayParam(this, "freeze", "with from: layers that stay as they are");
    dropout = new DoubleParam(this, "dropout", "rate of dropout before the last linear layers");
    layerDecay = new DoubleParam(this, "layerDecay", "with from: learning rate of each layer, as a factor of that of the layer above it");
    strength = new DoubleParam(this, "strength", "with from: how far weights go from those before, 0, to the tuned ones, 1");
    setDefault(labelCol, "label");
  }

  abstract LeNetEstimator self();

  @Override public String uid() {
    return uid;
  }

  // Spark finds parameters by reflection: public methods without arguments

  /** The column of images, {@code image}. */
  public Param<String> inputCol() {
    return scoring.inputCol;
  }

  /** As {@link #inputCol()}. */
  public LeNetEstimator setInputCol(String value) {
    set(scoring.inputCol, value);
    return self();
  }

  /** The column of labels, {@code label}. */
  public Param<String> labelCol() {
    return labelCol;
  }

  /** As {@link #labelCol()}. */
  public LeNetEstimator setLabelCol(String value) {
    set(labelCol, value);
    return self();
  }

  /** Whether images are files, and not pixels; {@code false}. */
  public BooleanParam decode() {
    return scoring.decode;
  }

  /** As {@link #decode()}. */
  public LeNetEstimator setDecode(boolean value) {
    set(scoring.decode, value);
    return self();
  }

  /** What becomes of images that cannot be read: {@code error} fails, {@code skip} and {@code keep} train without them. */
  public Param<String> handleInvalid() {
    return scoring.handleInvalid;
  }

  /** As {@link #handleInvalid()}. */
  public LeNetEstimator setHandleInvalid(String value) {
    set(scoring.handleInvalid, value);
    return self();
  }

  /** As {@link LeNetModel#predictionCol()}. */
  public Param<String> predictionCol() {
    return scoring.predictionCol;
  }

  /** As {@link #predictionCol()}. */
  public LeNetEstimator setPredictionCol(String value) {
    set(scoring.predictionCol, value);
    return self();
  }

  /** As {@link LeNetModel#classNameCol()}. */
  public Param<String> classNameCol() {
    return scoring.classNameCol;
  }

  /** As {@link #classNameCol()}. */
  public LeNetEstimator setClassNameCol(String value) {
    set(scoring.classNameCol, value);
    return self();
  }

  /** As {@link LeNetModel#probabilityCol()}. */
  public Param<String> probabilityCol() {
    return scoring.probabilityCol;
  }

  /** As {@link #probabilityCol()}. */
  public LeNetEstimator setProbabilityCol(String value) {
    set(scoring.probabilityCol, value);
    return self();
  }

  /** As {@link LeNetModel#verdictCol()}. */
  public Param<String> verdictCol() {
    return scoring.verdictCol;
  }

  /** As {@link #verdictCol()}. */
  public LeNetEstimator setVerdictCol(String value) {
    set(scoring.verdictCol, value);
    return self();
  }

  /** {@code --recipe}: {@code plain}, {@code fast}, {@code best} or {@code tune}; {@code fast}, with {@link #from()} {@code tune}. */
  public Param<String> recipe() {
    return training.recipe;
  }

  /** As {@link #recipe()}. */
  public LeNetEstimator setRecipe(String value) {
    set(training.recipe, value);
    return self();
  }

  /** {@code --epochs}; from the recipe. */
  public IntParam epochs() {
    return training.epochs;
  }

  /** As {@link #epochs()}. */
  public LeNetEstimator setEpochs(int value) {
    set(training.epochs, (Object) value);
    return self();
  }

  /** {@code --batch-size}; from the recipe. */
  public IntParam batchSize() {
    return training.batchSize;
  }

  /** As {@link #batchSize()}. */
  public LeNetEstimator setBatchSize(int value) {
    set(training.batchSize, (Object) value);
    return self();
  }

  /** {@code --optimizer}; from the recipe. */
  public Param<String> optimizer() {
    return training.optimizer;
  }

  /** As {@link #optimizer()}. */
  public LeNetEstimator setOptimizer(String value) {
    set(training.optimizer, value);
    return self();
  }

  /** {@code --lr}; from the recipe. */
  public DoubleParam lr() {
    return training.lr;
  }

  /** As {@link #lr()}. */
  public LeNetEstimator setLr(double value) {
    set(training.lr, (Object) value);
    return self();
  }

  /** {@code --weight-decay}; from the recipe. */
  public DoubleParam weightDecay() {
    return training.weightDecay;
  }

  /** As {@link #weightDecay()}. */
  public LeNetEstimator setWeightDecay(double value) {
    set(training.weightDecay, (Object) value);
    return self();
  }

  /** {@code --momentum}. */
  public DoubleParam momentum() {
    return training.momentum;
  }

  /** As {@link #momentum()}. */
  public LeNetEstimator setMomentum(double value) {
    set(training.momentum, (Object) value);
    return self();
  }

  /** {@code --schedule}; from the recipe. */
  public Param<String> schedule() {
    return training.schedule;
  }

  /** As {@link #schedule()}. */
  public LeNetEstimator setSchedule(String value) {
    set(training.schedule, value);
    return self();
  }

  /** {@code --warmup}. */
  public DoubleParam warmup() {
    return training.warmup;
  }

  /** As {@link #warmup()}. */
  public LeNetEstimator setWarmup(double value) {
    set(training.warmup, (Object) value);
    return self();
  }

  /** {@code --augment}; from the recipe. */
  public Param<String> augment() {
    return training.augment;
  }

  /** As {@link #augment()}. */
  public LeNetEstimator setAugment(String value) {
    set(training.augment, value);
    return self();
  }

  /** {@code --label-smoothing}; from the recipe. */
  public DoubleParam labelSmoothing() {
    return training.labelSmoothing;
  }

  /** As {@link #labelSmoothing()}. */
  public LeNetEstimator setLabelSmoothing(double value) {
    set(training.labelSmoothing, (Object) value);
    return self();
  }

  /** {@code --ema}; from the recipe. */
  public DoubleParam ema() {
    return training.ema;
  }

  /** As {@link #ema()}. */
  public LeNetEstimator setEma(double value) {
    set(training.ema, (Object) value);
    return self();
  }

  /** {@code --accumulate}; 1. */
  public IntParam accumulate() {
    return training.accumulate;
  }

  /** As {@link #accumulate()}. */
  public LeNetEstimator setAccumulate(int value) {
    set(training.accumulate, (Object) value);
    return self();
  }

  /** {@code --seed}; 42. */
  public LongParam seed() {
    return training.seed;
  }

  /** As {@link #seed()}. */
  public LeNetEstimator setSeed(long value) {
    set(training.seed, (Object) value);
    return self();
  }

  /** {@code --from}: the weights that are tuned, a safetensors file in any file system that Spark knows, or {@code pretrained}. */
  public Param<String> from() {
    return from;
  }

  /** As {@link #from()}. */
  public LeNetEstimator setFrom(String value) {
    set(from, value);
    return self();
  }

  /** {@code --head}: the number of classes; one more than the largest label, with {@link #from()} as many as that has. */
  public IntParam head() {
    return head;
  }

  /** As {@link #head()}. */
  public LeNetEstimator setHead(int value) {
    set(head, (Object) value);
    return self();
  }

  /** A name for each class; their numbers. */
  public StringArrayParam classNames() {
    return classNames;
  }

  /** As {@link #classNames()}. */
  public LeNetEstimator setClassNames(String... value) {
    set(classNames, value);
    return self();
  }

  /** {@code --freeze}: layers that stay as they are. */
  public StringArrayParam freeze() {
    return freeze;
  }

  /** As {@link #freeze()}. */
  public LeNetEstimator setFreeze(String... value) {
    set(freeze, value);
    return self();
  }

  /** {@code --dropout}. */
  public DoubleParam dropout() {
    return dropout;
  }

  /** As {@link #dropout()}. */
  public LeNetEstimator setDropout(double value) {
    set(dropout, (Object) value);
    return self();
  }

  /** {@code --layer-decay}; 1. */
  public DoubleParam layerDecay() {
    return layerDecay;
  }

  /** As {@link #layerDecay()}. */
  public LeNetEstimator setLayerDecay(double value) {
    set(layerDecay, (Object) value);
    return self();
  }

  /** {@code --strength}, a number; 1. */
  public DoubleParam strength() {
    return strength;
  }

  /** As {@link #strength()}. */
  public LeNetEstimator setStrength(double value) {
    set(strength, (Object) value);
    return self();
  }
}
