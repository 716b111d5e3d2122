package secret

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeySource says where the key may come from. The first that is set wins.
type KeySource struct {
	// Value is the key itself, from the environment.
	Value Text
	// File holds the key and must exist.
	File string
	// Default is the file that is read, or made on the first start.
	Default string
}

// LoadKey finds the key. made is the path of a file that was written because
// there was none: the user must be told to keep a copy of it.
func LoadKey(source KeySource, random io.Reader) (key Key, made string, err error) {
	switch {
	case source.Value != "":
		key, err = ParseKey(source.Value.Reveal())
		return key, "", err
	case source.File != "":
		key, err = readKey(source.File)
		return key, "", err
	case source.Default == "":
		return Key{}, "", errors.New("secret: no key and no place for one")
	}
	key, err = readOwnKey(source.Default)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, "", err
	}
	key, err = makeKey(source.Default, random)
	if errors.Is(err, fs.ErrExist) { // another process was first
		key, err = readOwnKey(source.Default)
		return key, "", err
	}
	return key, source.Default, err
}

// ParseKey reads 32 bytes written in base64 or in hexadecimal.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	decoders := []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString,
		base64.RawStdEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	}
	for _, decode := range decoders {
		if data, err := decode(text); err == nil && len(data) == len(Key{}) {
			return Key(data), nil
		}
	}
	return Key{}, errors.New("secret: the key must be 32 bytes in base64 or hexadecimal")
}

// readOwnKey reads the file that LoadKey makes, which nobody else may read. A
// file that somebody names is theirs to protect: secrets that a container is
// given are often readable by all inside it.
func readOwnKey(path string) (Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Key{}, fmt.Errorf("secret: key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Key{}, fmt.Errorf("secret: key file %s can be read by others: set its mode to 0600", path)
	}
	return readKey(path)
}

func readKey(path string) (Key, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("secret: key file: %w", err)
	}
	key, err := ParseKey(string(data))
	if err != nil {
		return Key{}, fmt.Errorf("%w (file %s)", err, path)
	}
	return key, nil
}

// makeKey writes a new key beside its place and links it there, so that no
// half-written key is ever read and no other process's key is replaced.
func makeKey(path string, random io.Reader) (Key, error) {
	var key Key
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return Key{}, fmt.Errorf("secret: draw a key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Key{}, fmt.Errorf("secret: make the key's folder: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".key-*") // CreateTemp uses mode 0600
	if err != nil {
		return Key{}, fmt.Errorf("secret: write key: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.WriteString(base64.StdEncoding.EncodeToString(key[:]) + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return Key{}, fmt.Errorf("secret: write key: %w", err)
	}
	if err := os.Link(file.Name(), path); err != nil {
		return Key{}, fmt.Errorf("secret: place key: %w", err)
	}
	return key, nil
}
