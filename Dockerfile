# The program as one static binary in an empty image, run by a user without
# rights. Built with: docker build -t tieout .
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# No C, no paths of the build machine, time zones inside the binary.
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags="-s -w" -o /out/tieout ./cmd/tieout
RUN mkdir -p /image/var/lib/tieout /image/tmp /image/etc \
    && chmod 0700 /image/var/lib/tieout && chmod 1777 /image/tmp \
    && chown -R 10001:10001 /image/var/lib/tieout \
    && echo 'tieout:x:10001:10001::/var/lib/tieout:/sbin/nologin' > /image/etc/passwd

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /image/ /
COPY --from=build /out/tieout /usr/local/bin/tieout
USER 10001:10001
# The database file and the key that seals credentials lie in /var/lib/tieout
# unless DATABASE_URL and TIEOUT_KEY_FILE say otherwise: keep it as a volume.
ENV XDG_DATA_HOME=/var/lib TIEOUT_LISTEN=0.0.0.0:8080
VOLUME /var/lib/tieout
EXPOSE 8080
# status opens the database with the key and asks no vendor. The page /healthz
# says the same to whoever balances load.
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s CMD ["/usr/local/bin/tieout", "status", "--json"]
ENTRYPOINT ["/usr/local/bin/tieout"]
CMD ["serve"]
