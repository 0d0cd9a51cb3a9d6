/*
 * Where the files are that run time reads. This file lies one level below the package's root, as source in src/ and as built
 * code in dist/, so these are the only paths that depend on where code runs from.
 */

/** A file or folder of the package, by its path from the root: `package.json`, `prisma/migrations`. */
export function packageFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

/** A data file of src/schemas: `User.json`. */
export function schemaFile(name: string): URL {
  return new URL(`./schemas/${name}`, import.meta.url);
}

/** A data file of src/pages: `texts/en.json`. */
export function pageFile(name: string): URL {
  return new URL(`./pages/${name}`, import.meta.url);
}

/** A data file of src/notifications: `templates/en.json`. */
export function notificationFile(name: string): URL {
  return new URL(`./notifications/${name}`, import.meta.url);
}
