package org.lenet4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.lenet4j.file.FileNames;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** The command line: {@code lenet4j COMMAND [options]}. */
@Command(name = "lenet4j", mixinStandardHelpOptions = true, scope = ScopeType.INHERIT, versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND", abbreviateSynopsis = true, usageHelpAutoWidth = true,
    description = "Trains LeNet-5 as fast as the hardware allows.",
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:success", "1:failure", "2:wrong usage"},
    footer = {"lenet4j train", "lenet4j predict --from pretrained photo.png"})
public final class Main implements Runnable {
  /** All commands. No references to constructors, which would load all their classes: what runs one command should load one. */
  private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("train", () -> new TrainCommand());
    COMMANDS.put("finetune", () -> new FinetuneCommand());
    COMMANDS.put("evaluate", () -> new EvaluateCommand());
    COMMANDS.put("predict", () -> new PredictCommand());
    COMMANDS.put("report", () -> new ReportCommand());
    COMMANDS.put("show", () -> new ShowCommand());
    COMMANDS.put("export", () -> new ExportCommand());
    COMMANDS.put("info", () -> new InfoCommand());
    COMMANDS.put("benchmark", () -> new BenchmarkCommand());
    COMMANDS.put("completion", () -> new CompletionCommand());
    COMMANDS.put("help", () -> help());
  }

  private static final List<String> HELP = List.of("-h", "--help");

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  Main() {}

  /** Runs one command and exits: 0 on success, 2 on a usage error, 1 on any other failure. */
  public static void main(String[] args) {
    // Messages are for people: no thread and class names. Set here and not in a file, which would reach those who embed the library.
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    System.setProperty("org.slf4j.simpleLogger.showLogName", "false");
    System.setProperty("java.awt.headless", "true"); // images are only read
    Locale.setDefault(Locale.ROOT); // digits are 0 to 9 wherever one is, those of picocli and of charts too
    System.exit(run(args, System.out, System.err));
  }

  /** Runs one command and returns the exit code. */
  static int run(String[] args, PrintStream stdout, PrintStream stderr) {
    PrintWriter out = visible(stdout);
    PrintWriter err = visible(stderr);
    boolean verbose = List.of(args).contains("--verbose");
    if (args.length > 0 && !args[0].startsWith("-") && !COMMANDS.containsKey(args[0])) {
      err.println("lenet4j: " + WrongUse.command(args[0], COMMANDS.keySet()));
      return Failure.USAGE;
    }
    CommandLine line = commandLine(args.length == 0 || args[0].startsWith("-") || args[0].equals("help") ? null : args[0]);
    if (args.length > 0 && args[0].equals("help") || !Collections.disjoint(List.of(args), HELP)) {
      HelpPage.arrange(line);
    }
    Failures failures = new Failures(err, verbose);
    line.setOut(out).setErr(err).setParameterExceptionHandler(failures).setExecutionExceptionHandler(failures);
    try {
      return line.execute(args);
    } catch (Error e) { // out of memory, a broken installation
      return Failure.report(err, args.length > 0 && COMMANDS.containsKey(args[0]) ? "lenet4j " + args[0] : "lenet4j", e, verbose);
    } finally {
      out.flush();
      err.flush();
    }
  }

  /** In the encoding of the stream, which a {@code PrintWriter} of it does not know before Java 18. */
  private static PrintWriter visible(PrintStream stream) {
    Writer encoded = new Writer() {
      @Override public void write(char[] text, int from, int length) {
        stream.print(new String(text, from, length));
      }

      @Override public void flush() {
        stream.flush();
      }

      @Override public void close() {
        stream.close();
      }
    };
    return new PrintWriter(new VisibleWriter(encoded), true);
  }

  /** With one command, or with all if {@code only} is null: to know all takes as long as to predict. */
  static CommandLine commandLine(String only) {
    CommandLine line = new CommandLine(new Main());
    COMMANDS.forEach((name, command) -> {
      if (only == null || only.equals(name)) {
        line.addSubcommand(name, command.get());
      }
    });
    line.registerConverter(Path.class, new ToPath());
    return line;
  }

  /** Picocli's own, with examples as the others have them. */
  private static CommandLine help() {
    CommandLine help = new CommandLine(new CommandLine.HelpCommand());
    help.getCommandSpec().usageMessage().footer("lenet4j help", "lenet4j help train");
    return help;
  }

  @Override public void run() {
    throw new ParameterException(spec.commandLine(), "give a command: " + String.join(", ", COMMANDS.keySet()));
  }

  // No lambdas of picocli's interfaces: they are of an old class format, and Java's archive leaves out all that a lambda of one touches.

  /** What is said of wrong use and of what fails. */
  private record Failures(PrintWriter err, boolean verbose) implements IParameterExceptionHandler, IExecutionExceptionHandler {
    @Override public int handleParseException(ParameterException e, String[] args) {
      String command = e.getCommandLine().getCommandSpec().qualifiedName();
      return Failure.report(err, Failure.USAGE, command + ": " + WrongUse.explain(e, COMMANDS.keySet()), e, verbose);
    }

    @Override public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
      return Failure.report(err, command.getCommandSpec().qualifiedName(), e, verbose);
    }
  }

  /** A path out of an option's text. */
  private static final class ToPath implements ITypeConverter<Path> {
    @Override public Path convert(String name) {
      try {
        return Path.of(name);
      } catch (InvalidPathException e) {
        throw new TypeConversionException(FileNames.explain(e));
      }
    }
  }

  /** The version that Maven built. */
  static final class Version implements IVersionProvider {
    @Override public String[] getVersion() {
      return new String[] {"lenet4j " + version()};
    }

    static String version() {
      try (InputStream in = Main.class.getResourceAsStream("/META-INF/maven/io.github.lenet4j/lenet4j/pom.properties")) {
        Properties properties = new Properties();
        if (in != null) {
          properties.load(in);
        }
        return properties.getProperty("version", "(development)"); // classes that are not in Maven's jar
      } catch (IOException e) {
        return "(unknown)";
      }
    }
  }
}
