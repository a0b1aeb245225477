/** An application on the module path, with nothing but the library. */
module modular {
  requires org.lenet4j;
  requires jdk.jfr;
}
