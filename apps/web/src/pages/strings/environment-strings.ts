export const environmentStrings = {
  python: (version: string) => `Python ${version}`,
  /** How packages were installed. */
  kinds: { pip: "pip", poetry: "Poetry", pipenv: "Pipenv", mlflow: "MLflow" } as Readonly<Record<string, string>>,
  image: "Image",
  imageReused: "was on the machine",
  imageFetched: "fetched for this run",
  reused: "from the cache",
  built: "built for this run and kept",
  alone: "built for this run alone",
  key: (key: string) => `kept as ${key}`,
};
