arguments = {
    "lines": iter(['h - - [1/2] "GET /', 'bad', 'h - - [1/3] "POST /', 'h - - [1/4] "GET /x'])
}
