import zlib

checksum = 0
while block := file.read(4096):
    checksum = zlib.crc32(block, checksum)
checksum
