#!/usr/bin/env bash
# Installs the programs that the tests of this folder drive: Chromium, Apache with mod_auth_openidc, oidc-agent, Maven and a
# JDK. Does nothing when all are there. Root on Debian only; apache2-bin brings no system service.
set -euo pipefail

declare -A package_of=(
  [/usr/bin/chromium]=chromium
  [/usr/sbin/apache2]=apache2-bin
  [/usr/lib/apache2/modules/mod_auth_openidc.so]=libapache2-mod-auth-openidc
  [/usr/bin/oidc-agent]=oidc-agent-cli
  [/usr/bin/mvn]=maven
  [/usr/bin/javac]=default-jdk-headless
)
missing=()
for file in "${!package_of[@]}"; do
  if [ ! -e "$file" ]; then missing+=("${package_of[$file]}"); fi
done
if [ ${#missing[@]} = 0 ]; then exit 0; fi

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "interop: missing ${missing[*]}, and only root on Debian can install them" >&2
  exit 1
fi
echo "interop: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
