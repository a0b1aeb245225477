package org.lenet4j.spark;

import java.util.List;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.lenet4j.Predictor;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/**
 * Reads the digits of a table of images: adds the class as a number ({@code prediction}), its name ({@code className}), the probabilities
 * of all classes ({@code probability}, a vector) and whether it can be relied on ({@code verdict}). They are those of {@link Predictor}, to
 * the bit. An image without ink has the prediction -1, the name {@code no digit} and probabilities of 0.
 *
 * <p>Images are binary: pixels, or with {@link #setDecode} files. It is a stage of a pipeline like others, and is saved with it, its
 * weights as a safetensors file beside the metadata, {@code lenet5.safetensors}, which {@code lenet4j predict --from} reads.
 */
public class LeNetModel extends org.apache.spark.ml.Model<LeNetModel> implements DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private final String uid; // before the parameters: their constructor asks for it
  private final ScoringParams params;
  private Weights weights; // null until they are read
  private transient LongAccumulator unreadable; // of the last transformation

  /** For {@link #read}, which calls it by reflection; it has no weights. */
  public LeNetModel(String uid) {
    this.uid = uid;
    params = new ScoringParams(this);
  }

  /** With the weights of a model, which are copied. */
  public LeNetModel(Model model) {
    this(Identifiable.randomUID("lenet"));
    Library.check();
    weights = Weights.of(model);
  }

  LeNetModel(String uid, Weights weights) {
    this(uid);
    this.weights = weights;
  }

  /** With the weights that come with lenet4j, {@link LeNet5#pretrained}. */
  public static LeNetModel pretrained() {
    return new LeNetModel(LeNet5.pretrained());
  }

  /** Reads what {@link #write} wrote; Spark looks for this method by its name. */
  public static MLReader<LeNetModel> read() {
    return new LeNetModelFiles.Reader();
  }

  /** Reads what {@link #save} wrote. */
  public static LeNetModel load(String path) {
    return read().load(path);
  }

  @Override public MLWriter write() {
    return new LeNetModelFiles.Writer(this, DefaultParamsWritable.super.write());
  }

  /** A copy of the network, for all that lenet4j does with it. */
  public Model network() {
    return weights().model();
  }

  Weights weights() {
    if (weights == null) {
      throw new IllegalStateException("the model has no weights; make it of a network, or load it");
    }
    return weights;
  }

  LeNetModel weights(Weights value) {
    weights = value;
    return this;
  }

  @Override public String uid() {
    return uid;
  }

  @Override public LeNetModel copy(ParamMap extra) {
    LeNetModel copy = new LeNetModel(uid, weights);
    copyValues(copy, extra);
    return copy.setParent(parent());
  }

  @Override public StructType transformSchema(StructType schema) {
    return params.scored(schema);
  }

  /**
   * The table with four more columns. Rows that cannot be read are as {@link #setHandleInvalid} says.
   *
   * @throws IllegalArgumentException if there is no column of images, it is not binary, or one of the new ones is there already
   */
  @Override public Dataset<Row> transform(Dataset<?> dataset) {
    StructType scored = transformSchema(dataset.schema());
    int column = List.of(dataset.schema().fieldNames()).indexOf(getOrDefault(params.inputCol));
    Pixels pixels = new Pixels(weights().model().input(), params.decodes());
    unreadable = dataset.sparkSession().sparkContext().longAccumulator("images that could not be read");
    return dataset.toDF().mapPartitions(new Task<>(new Scoring(weights(), pixels, column, params.invalid(), unreadable)),
        Encoders.row(scored));
  }

  /**
   * How many images of the last {@link #transform} had no answer, so far: tables are read when their rows are asked for, and again if they
   * are asked for again.
   */
  public long unreadable() {
    return unreadable == null ? 0 : unreadable.value();
  }

  // Spark finds parameters by reflection: public methods without arguments

  /** The column of images, {@code image}. */
  public Param<String> inputCol() {
    return params.inputCol;
  }

  /** As {@link #inputCol()}. */
  public LeNetModel setInputCol(String value) {
    set(params.inputCol, value);
    return this;
  }

  /** Whether images are files, and not pixels; {@code false}. */
  public BooleanParam decode() {
    return params.decode;
  }

  /** As {@link #decode()}. Files are read by {@link org.lenet4j.data.ImageFile} and prepared by {@link org.lenet4j.data.Preprocess}. */
  public LeNetModel setDecode(boolean value) {
    set(params.decode, value);
    return this;
  }

  /** What becomes of images that cannot be read: {@code error} fails, {@code skip} leaves the row out, {@code keep} answers null. */
  public Param<String> handleInvalid() {
    return params.handleInvalid;
  }

  /** As {@link #handleInvalid()}. */
  public LeNetModel setHandleInvalid(String value) {
    set(params.handleInvalid, value);
    return this;
  }

  /** The column of the class as a number, a double as in all of Spark ML; {@code prediction}. */
  public Param<String> predictionCol() {
    return params.predictionCol;
  }

  /** As {@link #predictionCol()}. */
  public LeNetModel setPredictionCol(String value) {
    set(params.predictionCol, value);
    return this;
  }

  /** The column of the name of the class, {@code className}. */
  public Param<String> classNameCol() {
    return params.classNameCol;
  }

  /** As {@link #classNameCol()}. */
  public LeNetModel setClassNameCol(String value) {
    set(params.classNameCol, value);
    return this;
  }

  /** The column of the probabilities of all classes, {@code probability}. */
  public Param<String> probabilityCol() {
    return params.probabilityCol;
  }

  /** As {@link #probabilityCol()}. */
  public LeNetModel setProbabilityCol(String value) {
    set(params.probabilityCol, value);
    return this;
  }

  /** The column of whether it can be relied on, {@code verdict}: {@code sure}, {@code not sure} or {@code no digit}. */
  public Param<String> verdictCol() {
    return params.verdictCol;
  }

  /** As {@link #verdictCol()}. */
  public LeNetModel setVerdictCol(String value) {
    set(params.verdictCol, value);
    return this;
  }
}
