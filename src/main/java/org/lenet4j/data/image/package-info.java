/** Reads the bytes of image files for {@link org.lenet4j.data.ImageFile}: what they are, how large, which way up, their grey levels. */
package org.lenet4j.data.image;
