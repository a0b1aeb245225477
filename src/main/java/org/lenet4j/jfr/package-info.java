/** Events of Java Flight Recorder: they cost next to nothing while nobody records. docs/embedding.md has what they say. */
package org.lenet4j.jfr;
