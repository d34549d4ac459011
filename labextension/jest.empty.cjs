// What a style sheet or a picture is in tests; an empty picture would be no icon.
module.exports = '<svg></svg>';
