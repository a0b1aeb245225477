@echo off
rem Runs lenet4j on Windows. Builds it first if that was not done yet; after a change of the sources, mvn package builds it anew.
rem
rem   JAVA_HOME          the JDK to use, 17 or newer; else the java of PATH
rem   LENET4J_JAVA_OPTS  more options for java, for example -Xmx4g
rem
rem No blocks in parentheses: a folder such as C:\Program Files (x86) would end them.
setlocal EnableExtensions DisableDelayedExpansion
set "home=%~dp0"
set "home=%home:~0,-1%"

if not defined JAVA_HOME goto java_of_path
set "jdk=%JAVA_HOME:"=%"
set "java=%jdk%\bin\java.exe"
if exist "%java%" goto version
echo lenet4j: JAVA_HOME is "%jdk%", but there is no "%java%"; set it to a JDK 17 or newer>&2
exit /b 1

:java_of_path
set "java="
for %%J in (java.exe) do set "java=%%~$PATH:J"
if not defined java goto no_java
for %%J in ("%java%") do set "jdk=%%~dpJ.."
goto version
:no_java
echo lenet4j: there is no java; install a JDK 17 or newer (for example from adoptium.net), or set JAVA_HOME>&2
exit /b 1

:version
set "version="
if exist "%jdk%\release" for /f "usebackq tokens=1,2 delims==" %%K in ("%jdk%\release") do if "%%K"=="JAVA_VERSION" set "version=%%~L"
rem Without that file Java itself says that it is too old.
if not defined version set "version=17"
for /f "delims=.-+ " %%M in ("%version%") do set "major=%%M"
if %major% geq 17 goto newest
echo lenet4j: "%java%" is Java %version%; lenet4j needs a JDK 17 or newer, set JAVA_HOME to one>&2
exit /b 1

:newest
set "jar="
for /f "delims=" %%F in ('dir /b /o-d "%home%\target\lenet4j-*.jar" 2^>nul') do if not defined jar set "jar=%home%\target\%%F"
if not defined jar goto build
if exist "%home%\target\lib" goto run
:build
if defined built goto failed
for %%M in (mvn.cmd) do if "%%~$PATH:M"=="" goto no_maven
echo lenet4j: building, once: mvn -q -DskipTests package>&2
call mvn -q -B -f "%home%\pom.xml" -DskipTests -Dcheckstyle.skip package 1>&2
if errorlevel 1 goto failed
set "built=true"
goto newest

:no_maven
echo lenet4j: it is not built yet, and there is no mvn to build it with; install Maven 3.8 or newer>&2
exit /b 1
:failed
echo lenet4j: the build failed, see above>&2
exit /b 1

:run
set "path_of_classes=%jar%;%home%\target\lib\*"
rem No limit of JavaCPP's on the process's memory: it counts what CUDA maps as well, several GB on a machine with a small heap.
set "flags=-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"
rem These warn of every native library otherwise, and of how protobuf reaches memory.
if %major% geq 24 set "flags=--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow %flags%"
for %%C in (predict show export completion help -h --help -V --version) do if "%~1"=="%%C" goto quick
if "%~1"=="" goto quick
rem The inner loops of training are worth compiling at once. Java says nothing of its own about these options.
set "flags=-XX:CompileCommand=quiet -XX:CompileCommand=CompileThresholdScaling,org.lenet4j.backend.cpu.vector.*::*,0.01 %flags%"
"%java%" --add-modules jdk.incubator.vector %flags% %LENET4J_JAVA_OPTS% -cp "%path_of_classes%" org.lenet4j.cli.Main %*
exit /b %errorlevel%

rem These are over so soon that starting is most of them: without the vector module and the optimising compiler.
:quick
"%java%" -XX:TieredStopAtLevel=1 -XX:-UsePerfData %flags% %LENET4J_JAVA_OPTS% -cp "%path_of_classes%" org.lenet4j.cli.Main %*
exit /b %errorlevel%
