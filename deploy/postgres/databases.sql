-- One database a service, and the keyring apart from the data it opens.
CREATE DATABASE ingest;
CREATE DATABASE keyring;
CREATE DATABASE verify;
CREATE DATABASE social;
CREATE DATABASE persona;
CREATE DATABASE gateway;
