import { notFound } from '../scim/errors.ts';
import type { Behaviour } from './behaviour.ts';
import { callingUser } from './my-app.ts';
import { required } from './required-value.ts';
import { usableApps } from './usable-apps.ts';
import { readUserSecret, writeUserSecret } from './user-secret.ts';

/** MyAppFavoriteSetter: users mark their apps, by the App's id (main-0435). */
export const myAppFavoriteSetterBehaviour: Behaviour = {
  type: 'MyAppFavoriteSetter',
  actions: {
    async put(context, key, draft) {
      const { store, domain } = context;
      const favorite = required(draft, 'favorite') === true;
      const { id: userId } = await callingUser(context, 'Favorites');
      const app = (await store.resources.resolve(domain.id, [{ type: 'App', key }])).get(`App:${key}`);
      const mine = app !== undefined && (await usableApps(store, domain.id, userId)).some(({ id }) => id === app.id);
      if (!mine) throw notFound('App', key);
      await store.transaction(async (session) => {
        const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
        if (user === null) throw notFound('User', userId);
        const secret = readUserSecret(user.secret);
        const others = (secret.favoriteApps ?? []).filter((id) => id !== app.id);
        const favoriteApps = favorite ? [...others, app.id] : others;
        await session.resources.updateSecret(domain.id, 'User', userId, writeUserSecret({ ...secret, favoriteApps }));
      });
      return { status: 200, locationKey: key, data: { id: app.id, favorite } };
    },
  },
};
