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
	"unicode"
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

// Path is the file that the keys come from; "" when they come from the
// environment.
func (s KeySource) Path() string {
	switch {
	case s.Value != "":
		return ""
	case s.File != "":
		return s.File
	}
	return s.Default
}

// LoadKeys finds the keys: the first seals, all of them open. made is the path
// of a file that was written because there was none: the user must be told to
// keep a copy of it.
func LoadKeys(source KeySource, random io.Reader) (keys []Key, made string, err error) {
	switch {
	case source.Value != "":
		keys, err = ParseKeys(source.Value.Reveal())
		return keys, "", err
	case source.File != "":
		keys, err = readKeys(source.File)
		return keys, "", err
	case source.Default == "":
		return nil, "", errors.New("secret: no key and no place for one")
	}
	keys, err = readOwnKeys(source.Default)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, "", err
	}
	err = WriteKeys(source.Default, random, nil)
	if errors.Is(err, fs.ErrExist) { // another process was first
		keys, err = readOwnKeys(source.Default)
		return keys, "", err
	}
	if err == nil {
		keys, err = readOwnKeys(source.Default)
	}
	return keys, source.Default, err
}

// ParseKeys reads keys that are separated by commas or white space.
func ParseKeys(text string) ([]Key, error) {
	var keys []Key
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		key, err := ParseKey(one)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errKey
	}
	return keys, nil
}

// errKey is a text that is no key.
var errKey = errors.New("secret: the key must be 32 bytes in base64 or hexadecimal")

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
	return Key{}, errKey
}

// readOwnKeys reads the file that LoadKeys makes, which nobody else may read. A
// file that somebody names is theirs to protect: secrets that a container is
// given are often readable by all inside it.
func readOwnKeys(path string) ([]Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("secret: key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("secret: key file %s can be read by others: set its mode to 0600", path)
	}
	return readKeys(path)
}

func readKeys(path string) ([]Key, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret: key file: %w", err)
	}
	keys, err := ParseKeys(string(data))
	if err != nil {
		return nil, fmt.Errorf("%w (file %s)", err, path)
	}
	return keys, nil
}

// WriteKeys writes a key file. Without old keys it makes a new file with a new
// key, and fails with fs.ErrExist where there is a file; with them it puts a
// new key before them. The text is written beside its place and moved there,
// so that no half-written key is ever read.
func WriteKeys(path string, random io.Reader, old []Key) error {
	var key Key
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return fmt.Errorf("secret: draw a key: %w", err)
	}
	if len(old) == 0 {
		return placeKeys(path, []Key{key}, os.Link)
	}
	return ReplaceKeys(path, append([]Key{key}, old...))
}

// ReplaceKeys writes a key file anew with the given keys.
func ReplaceKeys(path string, keys []Key) error { return placeKeys(path, keys, os.Rename) }

func placeKeys(path string, keys []Key, place func(from, to string) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("secret: make the key's folder: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".key-*") // CreateTemp uses mode 0600
	if err != nil {
		return fmt.Errorf("secret: write key: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	var text strings.Builder
	for _, key := range keys {
		text.WriteString(base64.StdEncoding.EncodeToString(key[:]) + "\n")
	}
	_, err = file.WriteString(text.String())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("secret: write key: %w", err)
	}
	if err := place(file.Name(), path); err != nil {
		return fmt.Errorf("secret: place key: %w", err)
	}
	return nil
}
