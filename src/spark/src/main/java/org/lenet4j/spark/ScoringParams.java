package org.lenet4j.spark;

import java.io.Serializable;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The parameters that the model has, and the estimator to hand them on. */
final class ScoringParams implements Serializable {
  private static final long serialVersionUID = 1;

  final Param<String> inputCol;
  final BooleanParam decode;
  final Param<String> handleInvalid;
  final Param<String> predictionCol;
  final Param<String> classNameCol;
  final Param<String> probabilityCol;
  final Param<String> verdictCol;

  private final Params owner;

  ScoringParams(Params owner) {
    this.owner = owner;
    inputCol = text("inputCol", "binary column of images", "image");
    decode = new BooleanParam(owner, "decode", "whether images are files, PNG or JPEG for example, and not pixels");
    owner.setDefault(decode, false);
    handleInvalid = text("handleInvalid", Invalid.DOC, Invalid.ERROR.word());
    predictionCol = text("predictionCol", "receives the index of the class, the digit, -1 where there is no ink", "prediction");
    classNameCol = text("classNameCol", "receives the name of the class", "className");
    probabilityCol = text("probabilityCol", "receives the probabilities of all classes", "probability");
    verdictCol = text("verdictCol", "receives sure, not sure or no digit", "verdict");
  }

  private Param<String> text(String name, String doc, String value) {
    Param<String> param = new Param<>(owner, name, doc);
    owner.setDefault(param, value);
    return param;
  }

  boolean decodes() {
    return (boolean) owner.getOrDefault(decode);
  }

  Invalid invalid() {
    return Invalid.of(owner.getOrDefault(handleInvalid));
  }

  /** The columns after scoring. */
  StructType scored(StructType schema) {
    Columns.checkImage(schema, owner.getOrDefault(inputCol), decodes());
    invalid(); // throws for another word
    StructType scored = add(schema, predictionCol, DataTypes.DoubleType);
    scored = add(scored, classNameCol, DataTypes.StringType);
    scored = add(scored, probabilityCol, SQLDataTypes.VectorType());
    return add(scored, verdictCol, DataTypes.StringType);
  }

  private StructType add(StructType schema, Param<String> column, DataType type) {
    String name = owner.getOrDefault(column);
    for (String there : schema.fieldNames()) {
      if (there.equals(name)) {
        throw new IllegalArgumentException("there already is a column '" + name + "'; give the answers another one with " + column.name());
      }
    }
    return schema.add(name, type);
  }
}
