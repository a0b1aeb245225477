#!/usr/bin/env bash
# Says which libraries and plugins are behind the newest ones, and which dependencies have known advisories (osv.dev). Needs a network;
# SECURITY.md has what it said last, and a test compares the versions there with pom.xml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

versions=org.codehaus.mojo:versions-maven-plugin:2.20.1
echo "newer versions (final ones of the same line are what we take):"
mvn -B -ntp "$versions:display-property-updates" -Dmaven.version.ignore='(?i).*-(alpha|beta|M|RC).*' | grep -- '->' || echo "  none"

echo "known advisories:"
mvn -B -ntp dependency:list -DincludeScope=runtime -DoutputFile=/dev/stdout | grep -oE '[a-z][a-z0-9.]+:[a-z0-9-]+:jar:[^ ]+:(compile|runtime)' | sort -u |
  while IFS=: read -r group name _ rest; do
    version=${rest%:*}
    version=${version##*:} # behind a classifier, if there is one
    found=$(curl -fs --max-time 20 https://api.osv.dev/v1/query -d "{\"package\": {\"ecosystem\": \"Maven\", \"name\": \"$group:$name\"},
      \"version\": \"$version\"}") || { echo "  osv.dev does not answer"; break; }
    grep -oE '"id": ?"(GHSA|CVE)[^"]*"' <<< "$found" | sort -u | sed "s|^|  $group:$name $version: |" || true
  done
