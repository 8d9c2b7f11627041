# The operator's image. TypeScript is run directly by Node (types are stripped), so nothing is compiled: the first stage
# only installs the production dependencies that the lock file names, the second is what runs. No shell is needed at run
# time, and Node, as process 1, gets SIGTERM itself. scripts/image-steps.ts runs these same lines without an engine.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
# Types and source maps are most of the bytes, and nothing reads them at run time.
RUN find node_modules -type f -regex '.*\.\([cm]?ts\|map\)' -delete

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="servicestage-operator" \
      org.opencontainers.image.description="Kubernetes operator for Huawei Cloud ServiceStage components" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
USER 1000:1000
EXPOSE 8080 8081
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "src/main.ts"]
