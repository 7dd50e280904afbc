FROM images.example/dba/oracle-xe:11g
COPY schema.sql /docker-entrypoint-initdb.d/
