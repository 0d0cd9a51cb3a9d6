#!/usr/bin/env bash
# Installs the programs that the tests of this folder drive: Chromium, Apache with mod_auth_openidc, oidc-agent, Maven, a
# JDK and Python. Does nothing when all are there. For root, or who may sudo, on Debian or Ubuntu; apache2-bin brings no system service.
set -euo pipefail

declare -A package_of=(
  [/usr/bin/chromium]=chromium
  [/usr/sbin/apache2]=apache2-bin
  [/usr/lib/apache2/modules/mod_auth_openidc.so]=libapache2-mod-auth-openidc
  [/usr/bin/oidc-agent]=oidc-agent-cli
  [/usr/bin/mvn]=maven
  [/usr/bin/javac]=default-jdk-headless
)
# Ubuntu's package only points to another kind of package; where there is Chrome it does as well.
if [ -e /usr/bin/google-chrome ]; then unset 'package_of[/usr/bin/chromium]'; fi
missing=()
for file in "${!package_of[@]}"; do
  if [ ! -e "$file" ]; then missing+=("${package_of[$file]}"); fi
done
# scim2-tester's environment.
if ! python3 -c 'import ensurepip' 2>/dev/null; then missing+=(python3-venv); fi
if [ ${#missing[@]} = 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
  echo "interop: missing ${missing[*]}, and only root on Debian or Ubuntu can install them" >&2
  exit 1
fi
echo "interop: installing ${missing[*]}" >&2
as_root+=(env DEBIAN_FRONTEND=noninteractive)
"${as_root[@]}" apt-get update -qq >&2
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
