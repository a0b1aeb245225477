/** An application on the module path. */
module modular {
  requires org.lenet4j;
  requires jdk.jfr;
  requires micrometer.core;
}
