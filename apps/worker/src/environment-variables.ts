import { isAbsolute } from "node:path";

/** Variables of the worker's own environment that every attempt gets: where programs, certificates and proxies are, language, time zone. */
const FOR_ATTEMPTS = [
  "PATH",
  "LANG",
  "LANGUAGE",
  "TZ",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "NODE_EXTRA_CA_CERTS",
  "PIP_CERT",
];

/** Those that building an environment gets besides: where packages come from and are cached. */
const FOR_BUILDING = [
  "HOME",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "NETRC",
  "PYENV_ROOT",
  "UV_CACHE_DIR",
  "UV_CONFIG_FILE",
];
/** Poetry's and Pipenv's settings of where packages come from, and uv's of where it takes Python from. */
const OTHER_TOOLS =
  /^(POETRY_(HTTP_BASIC|CERTIFICATES|REPOSITORIES|REQUESTS|INSTALLER)_[A-Z0-9_]+|POETRY_(CACHE|CONFIG)_DIR|PIPENV_(PYPI_MIRROR|CACHE_DIR|TIMEOUT|MAX_RETRIES)|UV_PYTHON_[A-Z_]+|UV_HTTP_TIMEOUT)$/;
const PIP_OR_INDEX =
  /^(PIP_[A-Z_]+|UV_(DEFAULT_)?INDEX(_URL)?|UV_EXTRA_INDEX_URL|UV_FIND_LINKS|UV_NATIVE_TLS|UV_SYSTEM_CERTS|UV_OFFLINE|UV_NO_INDEX|UV_INSECURE_HOST)$/;
/** Would change what is installed where, instead of where it comes from. */
const NOT_FOR_BUILDING =
  /^PIP_(TARGET|PREFIX|ROOT|USER|REQUIRE_VIRTUALENV|REQUIREMENT|CONSTRAINT|PYTHON|NO_INPUT|QUIET|VERBOSE|LOG|DRY_RUN|REPORT)$/;

export type Variables = Record<string, string>;

/** What attempts get of the worker's environment; nothing that is not in the lists above. */
export function attemptBase(own: NodeJS.ProcessEnv): Variables {
  return pick(own, isForAttempts);
}

/** What the building of environments gets of the worker's environment. */
export function buildingBase(own: NodeJS.ProcessEnv): Variables {
  const isPlace = (name: string) => PIP_OR_INDEX.test(name) && !NOT_FOR_BUILDING.test(name);
  return pick(
    own,
    (name) => isForAttempts(name) || FOR_BUILDING.includes(name) || OTHER_TOOLS.test(name) || isPlace(name),
  );
}

function isForAttempts(name: string): boolean {
  return FOR_ATTEMPTS.includes(name) || name.startsWith("LC_");
}

function pick(own: NodeJS.ProcessEnv, wanted: (name: string) => boolean): Variables {
  const pairs = Object.entries(own).flatMap(([name, value]) =>
    value !== undefined && wanted(name) ? [[name, value]] : [],
  );
  return { ...Object.fromEntries(pairs), PATH: cleanPath(own.PATH) };
}

/** Absolute folders only, and none that a package manager put there for its own scripts. */
function cleanPath(path = ""): string {
  const folders = path
    .split(":")
    .filter((folder) => isAbsolute(folder) && !/\/node_modules\/|\/node-gyp-bin$/.test(folder));
  return folders.length > 0 ? folders.join(":") : "/usr/local/bin:/usr/bin:/bin";
}
