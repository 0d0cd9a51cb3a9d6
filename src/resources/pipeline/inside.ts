import type { Store, StoreSession } from '../../store/store.ts';

/**
 * The same request, its reads and writes going through an open transaction. One request then never holds one connection
 * while it waits for another, which would stop everything when all connections are in that state.
 */
export function inside<C extends { readonly store: Store }>(context: C, session: StoreSession): C {
  const { store } = context;
  const joined: Store = {
    ...session,
    transaction: (work) => work(session),
    describe: () => store.describe(),
    ping: () => store.ping(),
    close: () => store.close(),
  };
  return { ...context, store: joined };
}
