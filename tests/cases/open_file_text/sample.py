import io

arguments = {"file": io.StringIO("name,score\nann,3\nbob,12\n")}
