variable "NGINX" { default = "1.27" }

target "web" {
  contexts = {
    base  = "docker-image://node:20-bookworm" # shared
    nginx = "docker-image://nginx:${NGINX}"
    conf  = "https://git.example/platform/conf.git#v3"
  }
  dockerfile-inline = <<EOT
FROM busybox:1.36.1
COPY --from=base / /
EOT
}
