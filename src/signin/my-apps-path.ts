/** IDCS: oauth.md §8: the console of a user's own apps, where a sign-in without an application leads. */
export const MY_APPS_PATH = '/ui/v1/myconsole';
