package org.lenet4j.verify;

import java.io.IOException;
import java.nio.file.Path;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * The data that parts work on: MNIST below the folder {@code LENET4J_DATA}, else the embedded digits.
 *
 * @param name what the data are called
 */
record Digits(String name, Dataset train, Dataset test) {
  /** Whether only to see that everything works, on a machine that is too slow for more. */
  static final boolean QUICK = Boolean.getBoolean("lenet4j.verify.quick");

  static Digits open() throws IOException {
    String folder = System.getenv("LENET4J_DATA");
    Splits splits = Splits.open(folder == null ? "digits" : Path.of(folder, "mnist").toString());
    String name = folder == null ? "embedded digits" : "MNIST";
    return QUICK ? new Digits(name, splits.train().head(640), splits.test().head(200)) : new Digits(name, splits.train(), splits.test());
  }

  /** A fresh model as {@code lenet4j train} makes it. */
  Model model(Recipe recipe, long seed) {
    Model model = LeNet5.create(train.classes(), seed);
    return recipe.normalize() ? model.normalization(train.normalization()) : model;
  }
}
