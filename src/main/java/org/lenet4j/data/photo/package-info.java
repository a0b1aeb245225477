/** What reads photographs for {@link org.lenet4j.data.Preprocess}: tells ink from paper, and frames it as MNIST does. */
package org.lenet4j.data.photo;
