# Builds a small image that runs as an ordinary user. Without DATABASE_URL it starts a PostgreSQL of its own under /data.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc prisma.config.ts tsconfig.json tsconfig.build.json ./
COPY prisma ./prisma
COPY scripts ./scripts
COPY src ./src
RUN npm ci --no-audit --no-fund
# Without the tools that only building needs (npm keeps what is a peer of something until nothing else asks for it), and with a
# trial start: it makes the library links that PostgreSQL's binaries need, while this folder can be written.
RUN npm pkg delete devDependencies scripts.prepare \
 && npm install --ignore-scripts --no-audit --no-fund \
 && IDCS_DATA_DIR=:memory: node dist/main.js migrate

FROM node:22-bookworm-slim
ENV NODE_ENV=production IDCS_HOST=0.0.0.0 IDCS_DATA_DIR=/data
WORKDIR /app
RUN mkdir /data && chown node:node /data
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/prisma ./prisma
COPY --from=build --chown=root:root /app/dist ./dist
USER node
VOLUME /data
EXPOSE 8080 8443
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=12 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.IDCS_PORT||8080)+'/_emulator/health').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "dist/main.js"]
